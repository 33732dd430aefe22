/**
 * The operator: places and creates what the kinds of the API ask for. It talks to the API server only; what happens
 * inside a VM's pod is the launcher's and the node's daemon's. Here: its settings and what the kinds share.
 */
@NullMarked
package io.kubehv.operator;

import org.jspecify.annotations.NullMarked;
