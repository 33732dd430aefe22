/** Reading pods: what their status says, in the few facts that decisions need. No client calls. */
@NullMarked
package io.kubehv.operator.pod;

import org.jspecify.annotations.NullMarked;
