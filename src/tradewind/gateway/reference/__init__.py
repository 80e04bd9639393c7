"""The reference at /docs: one page of HTML, made of the OpenAPI document."""
