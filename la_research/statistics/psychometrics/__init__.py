"""Instruments: how reliably, on how many dimensions and how alike in every group items measure."""
