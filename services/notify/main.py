"""The notify service: webhooks, the inbox and its live stream."""

from services.notify.consumers import consumers
from services.notify.deliveries import routes as deliveries
from services.notify.deliveries.worker import deliver_webhooks
from services.notify.housekeeping import keep_tidy
from services.notify.inbox import routes as inbox
from services.notify.stream import routes as stream
from services.notify.stream.broadcast import broadcast_messages
from services.notify.subscriptions import event_types
from services.notify.subscriptions import routes as subscriptions
from shared.app import create_app

app = create_app(
    "notify",
    title="Notifications",
    description="Signed webhooks to partners, an inbox in Khmer and English, and a live stream of it.",
    routers=[event_types.router, subscriptions.router, deliveries.router, inbox.router, stream.router],
    consumers=consumers,
    workers=(deliver_webhooks, broadcast_messages, keep_tidy),
)
