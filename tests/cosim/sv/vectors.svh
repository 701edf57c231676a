// SPDX-License-Identifier: Apache-2.0
// What `crosstile run --dump host` wrote into +vectors=DIR, of any network: sizes come from the register writes.
logic [63:0] memory[$], load[$], run[$];
logic [7:0] images[$], expected[$];
int image_bytes, result_bytes, results_at, images_at, image_count;
localparam bit [31:0] REGISTER_INPUT_BYTES = 32'h48, REGISTER_RESULT_ADDRESS = 32'h58, REGISTER_RESULT_BYTES = 32'h5C;

task automatic read_vectors(input string folder);
  int file;
  logic [63:0] word;
  logic [7:0] one;
  file = $fopen({folder, "/memory.mem"}, "r");
  if (file == 0) $display("no vectors in %s", folder);
  while ($fscanf(file, "%h\n", word) == 1) memory.push_back(word);
  file = $fopen({folder, "/load.mem"}, "r");
  while ($fscanf(file, "%h\n", word) == 1) load.push_back(word);
  file = $fopen({folder, "/run.mem"}, "r");
  while ($fscanf(file, "%h\n", word) == 1) run.push_back(word);
  file = $fopen({folder, "/images.mem"}, "r");
  while ($fscanf(file, "%h\n", one) == 1) images.push_back(one);
  file = $fopen({folder, "/expected.mem"}, "r");
  while ($fscanf(file, "%h\n", one) == 1) expected.push_back(one);
  for (int i = 0; i < run.size(); i++) begin
    word = run[i];
    if (word[63:32] == REGISTER_INPUT_BYTES) image_bytes = word[31:0];
    if (word[63:32] == REGISTER_RESULT_BYTES) result_bytes = word[31:0];
    if (word[63:32] == REGISTER_RESULT_ADDRESS) results_at = word[31:0];
  end
  image_count = images.size() / image_bytes;
  // Behind memory and results, where no burst of an image can cross 4 KiB.
  images_at = 8 * memory.size();
  if (results_at + expected.size() > images_at) images_at = results_at + expected.size();
  images_at = (images_at + 4095) / 4096 * 4096;
endtask
