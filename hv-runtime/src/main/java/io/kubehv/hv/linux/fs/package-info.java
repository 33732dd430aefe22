/** What a file system can do, found out by trying it. */
@NullMarked
package io.kubehv.hv.linux.fs;

import org.jspecify.annotations.NullMarked;
