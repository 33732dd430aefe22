/**
 * What adapters are given of which there is one in the cluster: MAC addresses, and addresses of switches' subnets. No client
 * calls.
 */
@NullMarked
package io.kubehv.operator.network;

import org.jspecify.annotations.NullMarked;
