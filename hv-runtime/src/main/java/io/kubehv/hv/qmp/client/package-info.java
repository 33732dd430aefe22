/**
 * A QMP session over a UNIX socket: connect, commands matched to answers by id, events, disconnect. Knows no command
 * but the negotiation; keeps nothing over a session's end.
 */
@NullMarked
package io.kubehv.hv.qmp.client;

import org.jspecify.annotations.NullMarked;
