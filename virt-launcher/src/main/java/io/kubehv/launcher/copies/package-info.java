/** The program that makes volumes what others are: the way back of a disk whose driver can't take it back itself. */
@NullMarked
package io.kubehv.launcher.copies;

import org.jspecify.annotations.NullMarked;
