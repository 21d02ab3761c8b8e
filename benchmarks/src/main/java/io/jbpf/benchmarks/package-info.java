/**
 * What jbpf costs, measured with JMH against a peer in the same run. As root, from the top of the checkout:
 *
 * <pre>mvn -q install -DskipTests &amp;&amp; mvn -q -pl benchmarks exec:exec -Dbenchmarks=MapOperations</pre>
 *
 * The figures are ratios between rows of one run on one machine; they mean nothing across machines.
 */
@NullMarked
package io.jbpf.benchmarks;

import org.jspecify.annotations.NullMarked;
