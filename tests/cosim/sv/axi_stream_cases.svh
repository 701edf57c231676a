// SPDX-License-Identifier: Apache-2.0
// Images and results as streams, with pauses on both sides, and a reset in the middle of a frame of either.

// Bytes [0, bytes) of image (n mod images), without its last beat when `cut`.
task automatic send_image(input int image, input int bytes, input bit cut);
  bit taken;
  int words;
  words = (bytes + 7) / 8;
  for (int i = 0; i < words; i++) begin
    s_axis_tdata = image_word(image, i);
    s_axis_tkeep = i + 1 < words || bytes % 8 == 0 ? 8'hFF : 8'((1 << bytes % 8) - 1);
    s_axis_tlast = i + 1 == words && !cut;
    pause;
    s_axis_tvalid = 1;
    do begin taken = s_axis_tready; @(negedge aclk); end while (!taken);
    s_axis_tvalid = 0;
  end
endtask

task automatic receive_result(input int image, input int beats_wanted);
  int words;
  words = (result_bytes + 7) / 8;
  for (int i = 0; i < words && i < beats_wanted; i++) begin
    pause;
    m_axis_tready = 1;
    while (!m_axis_tvalid) @(negedge aclk);
    if (m_axis_tlast != (i + 1 == words)) fail("TLAST of a result");
    for (int b = 0; b < 8 && 8 * i + b < result_bytes; b++)
      if (!m_axis_tkeep[b] || m_axis_tdata[8*b+:8] != expected[image*result_bytes+8*i+b])
        fail($sformatf("stream: image %0d, byte %0d", image, 8 * i + b));
    @(negedge aclk);
    m_axis_tready = 0;
  end
endtask

// More images than there are slots, so that the stream has to wait for results.
task automatic stream_images(input int count);
  fork
    for (int n = 0; n < count; n++) send_image(n % image_count, image_bytes, 0);
    for (int n = 0; n < count; n++) receive_result(n % image_count, 1000);
  join
  if (s_axis_error) fail("a frame was dropped");
endtask

task automatic streams;
  bit last;
  stream_images(20);
  // A frame that is too short is dropped, with a flag; the one behind it is good.
  send_image(0, image_bytes - 1, 0);
  repeat (2) @(negedge aclk);
  if (!s_axis_error) fail("no error after a short frame");
  fork
    send_image(1, image_bytes, 0);
    receive_result(1, 1000);
  join
  // CONTROL resets the machine, not the bus: what has begun ends by the rules of handshakes.
  send_image(0, image_bytes, 0);
  receive_result(0, 1);
  send_image(1, image_bytes, 0);
  send_image(2, image_bytes + 8, 1);
  write(CONTROL, CONTROL_RESET);
  @(negedge aclk);
  if (s_axis_error) fail("the error outlives a reset");
  send_image(0, 3, 0);  // the end of the frame that had begun: dropped, and no error
  m_axis_tready = 1;  // and the result that is on its way out is given to its end, but no other
  do begin last = m_axis_tvalid && m_axis_tlast; @(negedge aclk); end while (!last);
  m_axis_tready = 0;
  repeat (100) @(negedge aclk);
  if (m_axis_tvalid) fail("a result from before the reset");
  stream_images(20);
  // ARESETN ends everything.
  send_image(1, image_bytes, 0);
  send_image(2, image_bytes + 8, 1);
  reset_machine();
  stream_images(20);
endtask
