"""What the DAG files share: assets, watchers, stage defaults and the step from one stage to the next.

It lives in plugins/ because that folder is on the import path of every component: the triggerer loads
the watchers from here, tasks the operators. What belongs here: Airflow's side of the lake's stages. What
does not: what a stage does, which is `pipelines.steps`, imported inside tasks only, so that DAG files
stay light.
"""
