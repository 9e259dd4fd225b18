"""Trainings: on what, by whom, where, and who took part."""
