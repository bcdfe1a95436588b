"""What the channels of Meta share (WhatsApp, Facebook, Instagram): its webhooks and its Graph API. No channel itself: it has no channel.py."""
