package io.kubehv.hv.qmp.model;

/**
 * What {@code query-status} says.
 *
 * @param running the processors run
 * @param state why, or why not
 */
public record VirtualMachineStatus(boolean running, VirtualMachineRunState state) {}
