"""Harbor & Vine, a wine shop on a platform like Nexternal. It knows nothing of Beckon but what is pasted into it."""
