# The results of KernelRun, one file a kernel, oldest first, as one table of kernel by test; exit status 1 if it tells of
# something wrong. A test passes somewhere, and what an older kernel can a newer one can as well.
FNR == 1 {
  kernels++
  directory = FILENAME
  sub(/\/results$/, "", directory)
  getline version < (directory "/version")
  sub(/[-+].*/, "", version)
  name[kernels] = version
}
{
  if (!($2 in known)) { known[$2] = 1; order[++tests] = $2 }
  # What failed after it had called something unsupported has failed.
  if (verdict[$2, kernels] != "FAILED") {
    verdict[$2, kernels] = $1 == "failed" ? "FAILED" : $1
    reason[$2, kernels] = $3
  }
}
END {
  for (k = 1; k <= kernels; k++) printf "%-12s ", name[k]
  print "TEST"
  for (t = 1; t <= tests; t++) {
    test = order[t]
    passed = ran = 0
    for (k = 1; k <= kernels; k++) {
      v = verdict[test, k]
      if (v == "") v = "-"
      printf "%-12s ", v
      sum[v, k]++
      if (v == "unsupported") reasons[test] = reasons[test] "\n    " name[k] ": " reason[test, k]
      if (v == "FAILED") { wrong = 1; reasons[test] = reasons[test] "\n    " name[k] ": " reason[test, k] }
      if (v == "unsupported" && passed) complaints = complaints "\n" test " passed on an older kernel than " name[k]
      if (v == "passed") passed = 1
    }
    print test reasons[test]
    if (!passed && kernels > 1) complaints = complaints "\n" test " passed on no kernel"
  }
  print ""
  for (k = 1; k <= kernels; k++)
    printf "Linux %s: %d passed, %d unsupported, %d failed\n", name[k], sum["passed", k], sum["unsupported", k], sum["FAILED", k]
  if (complaints != "") print "WRONG:" complaints
  exit (wrong || complaints != "")
}
