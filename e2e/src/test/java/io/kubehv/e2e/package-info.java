/**
 * End-to-end tests on a real cluster, through the API that users have. They may look into the nodes of a Kind cluster to
 * break things there, and see nothing of the programs but the API.
 */
@NullMarked
package io.kubehv.e2e;

import org.jspecify.annotations.NullMarked;
