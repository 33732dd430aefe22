/** This process as Linux sees it: its signals, its descriptors, and becoming another program. */
@NullMarked
package io.kubehv.hv.linux.process;

import org.jspecify.annotations.NullMarked;
