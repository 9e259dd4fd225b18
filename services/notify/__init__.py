"""Notifications: signed webhooks to partners, an inbox in Khmer and English, and a live stream of it."""
