"""The contract as a page to read."""
from html import escape


def render(document):
    return f"<!DOCTYPE html>\n<html lang=en><title>{escape(document['info']['title'])}</title></html>\n"
