/**
 * VirtualSwitches: the number of a switch's network between nodes, what its nodes tell of it, and that it stays while VMs are on it.
 * It makes nothing: the nodes' switch daemons do.
 */
@NullMarked
package io.kubehv.operator.virtualswitch;

import org.jspecify.annotations.NullMarked;
