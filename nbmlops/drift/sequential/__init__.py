"""Monitors whose false alarms hold however often one looks: evidence that is a wager.

A wager that is fair without drift may be multiplied from look to look, and by Ville's inequality
(J. Ville 1939) its stake ever grows twentyfold in at most one case of twenty. Pure: values in,
values out, no clock.
"""
