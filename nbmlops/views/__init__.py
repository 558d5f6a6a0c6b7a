"""Views: records become HTML, text, PNG, CSV and terminal output. Pure: values in, text out."""
