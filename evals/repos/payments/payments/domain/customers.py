"""Who pays."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Customer:
    """A customer, and the currency that their invoices are written in."""

    id: str
    name: str
    email: str
    currency: str
    created_at: datetime
