"""The pages people see: signing in and out, consent, their account. HTML and one stylesheet, no script."""
