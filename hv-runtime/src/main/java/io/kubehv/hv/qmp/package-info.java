/**
 * What can go wrong when talking to QEMU, in types that tell the caller what to do. The protocol's text is in
 * {@code qmp.wire}, sessions in {@code qmp.client}, typed commands in {@code qmp.model}, the guest agent in
 * {@code qmp.agent}.
 */
@NullMarked
package io.kubehv.hv.qmp;

import org.jspecify.annotations.NullMarked;
