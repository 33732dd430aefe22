/** What the passes of all controllers have alike: when one may begin, what makes it void, and what follows a stored status. */
@NullMarked
package io.kubehv.operator.pass;

import org.jspecify.annotations.NullMarked;
