"""One task in the shop (tests/conftest.py), and what a model may answer to it."""

from tests.playing import call, keep, plan
from tests.scripted_model import Answer

TASK = "Say grand total on the receipt"
PLAN = plan("Name the total", "shop/receipt.py", tests=["tests/test_receipt.py"])
EDIT = call("replace", path="shop/receipt.py", old='f"total {', new='f"grand total {')
BREAK = call("replace", path="shop/receipt.py", old='f"total {', new='f"sum {')
DONE = Answer("The receipt says grand total.")
CHANGE = (PLAN, EDIT, DONE, keep())
QUESTION = "Where is the total summed?"
ANSWER = call("answer", text="It is summed at `shop/cart.py:18`.")
PUSH = call("shell", command="git push origin main")
RULE = {"text": "Receipts are printed on 40 columns; lines are never longer.", "label": "constraint"}
