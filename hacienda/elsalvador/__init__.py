"""El Salvador's electronic documents (DTE): the law as a library behind `hacienda.authority`.

`authority` is the door. A draft goes through `build` into a module of `types`, which composes it from `blocks`;
`kinds`, `rules`, `key_order`, `catalogs` and `formula_table` are the facts as data. `transport` speaks with Hacienda,
`rejections` explains what it refuses, `readable` prints, `earlier` is the generation of schemas before.
"""
