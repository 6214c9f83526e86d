// Copyright 2026 shufflenet_ros maintainers
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//     http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// Plugin of qemu-aarch64: which instructions a program runs between two marks, and how often.
//
//   gcc -shared -fPIC -O2 -DAPI=1 -o libcount.so count.c     API: 1 before qemu 9.1, 3 from it on
//   qemu-aarch64 -plugin ./libcount.so,log=FILE PROGRAM
//
// The program makes mark n (1 to 65535) by the system call getpgid(0x5AFE0000 + n); mark 0 starts
// anew. The log has for each other mark the line "mark n" and one line for each block of
// instructions that ran since the mark before: address, runs, then its instructions as hexadecimal
// words. Debian has no package with qemu's header, so what is used of it is declared here.

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
typedef uint64_t plugin_id;
typedef void (*translate_callback)(plugin_id, struct qemu_plugin_tb *);
typedef void (*syscall_callback)(plugin_id, unsigned int, int64_t, uint64_t, uint64_t, uint64_t,
                                 uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, translate_callback);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, syscall_callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned int, void *),
                                          int, void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
#if API < 3
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
#else
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *, size_t);
#endif
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);

#define EXPORT __attribute__((visibility("default")))
enum { NO_REGISTERS = 0, GETPGID = 155 };

EXPORT int qemu_plugin_version = API;

struct block {
    uint64_t runs, runs_at_mark, address;
    struct block *next;
    size_t size;
    uint32_t words[];
};

static struct block *blocks;
static FILE *out;

static uint32_t word_of(const struct qemu_plugin_insn *instruction) {
    uint32_t word = 0;
#if API < 3
    memcpy(&word, qemu_plugin_insn_data(instruction), sizeof word);
#else
    qemu_plugin_insn_data(instruction, &word, sizeof word);
#endif
    return word;
}

static void ran(unsigned int cpu, void *block) {
    (void)cpu;
    ((struct block *)block)->runs++;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb) {
    (void)id;
    size_t size = qemu_plugin_tb_n_insns(tb);
    struct block *block = calloc(1, sizeof *block + size * sizeof block->words[0]);
    if (block == NULL) abort();
    block->size = size;
    block->address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    for (size_t i = 0; i < size; i++)
        block->words[i] = word_of(qemu_plugin_tb_get_insn(tb, i));
    block->next = blocks;
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, ran, NO_REGISTERS, block);
}

static void write_block(const struct block *block) {
    fprintf(out, "%" PRIx64 " %" PRIu64, block->address, block->runs - block->runs_at_mark);
    for (size_t i = 0; i < block->size; i++) fprintf(out, " %08" PRIx32, block->words[i]);
    fputc('\n', out);
}

static void called(plugin_id id, unsigned int cpu, int64_t number, uint64_t first, uint64_t a2,
                   uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
    (void)id, (void)cpu, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (number != GETPGID || (first & 0xFFFF0000u) != 0x5AFE0000u) return;
    unsigned int mark = first & 0xFFFF;
    if (mark != 0) fprintf(out, "mark %u\n", mark);
    for (struct block *block = blocks; block != NULL; block = block->next) {
        if (mark != 0 && block->runs != block->runs_at_mark) write_block(block);
        block->runs_at_mark = block->runs;
    }
    fflush(out);
}

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info_t *info, int count,
                               char **options) {
    (void)info;
    for (int i = 0; i < count; i++)
        if (strncmp(options[i], "log=", 4) == 0) out = fopen(options[i] + 4, "w");
    if (out == NULL) return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
