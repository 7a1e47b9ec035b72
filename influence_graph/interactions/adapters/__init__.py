"""Exports of platforms and graph files, each read by a small adapter as rows of a log."""
