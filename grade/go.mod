module paddock/grade

go 1.26.0
