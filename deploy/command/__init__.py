"""``beckon``, the operator's command: on one machine, by ``kubectl exec`` and as a Job."""
