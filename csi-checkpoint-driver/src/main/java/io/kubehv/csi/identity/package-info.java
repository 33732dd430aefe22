/**
 * CSI's identity service: who this driver is and what it can do. Touches nothing but the pool's readiness.
 */
@NullMarked
package io.kubehv.csi.identity;

import org.jspecify.annotations.NullMarked;
