/**
 * QMP's text: lines to messages and commands to lines. Pure functions of bytes, and one reader of lines from any
 * channel; opens nothing and keeps no session.
 */
@NullMarked
package io.kubehv.hv.qmp.wire;

import org.jspecify.annotations.NullMarked;
