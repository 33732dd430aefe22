/** What is common to all system calls: how they fail. The calls themselves are in the packages beside. */
@NullMarked
package io.kubehv.hv.linux;

import org.jspecify.annotations.NullMarked;
