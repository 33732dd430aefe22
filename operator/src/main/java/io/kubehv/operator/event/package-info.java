/** Events (events.k8s.io/v1) for what a user wants to know. It creates events and reads nothing. */
@NullMarked
package io.kubehv.operator.event;

import org.jspecify.annotations.NullMarked;
