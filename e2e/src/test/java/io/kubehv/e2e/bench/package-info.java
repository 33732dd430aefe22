/** Benchmarks on the real cluster: each prints a table with the peer's published figure beside ours. */
@NullMarked
package io.kubehv.e2e.bench;

import org.jspecify.annotations.NullMarked;
