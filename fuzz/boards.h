/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Small machines, one of each way in which Linux sets its tables up, for fuzz_like.c. */
#ifndef FUZZ_BOARDS_H
#define FUZZ_BOARDS_H

#include <stdint.h>

struct board {
	const char *regime;
	unsigned major, minor;
	uint64_t ram, size;   /* its one bank */
	uint64_t low;         /* bytes of another one at 0, or 0 */
	uint64_t page_offset; /* of the linear map, which maps phys_offset there */
	uint64_t phys_offset;
	uint64_t root, root_pa;
	uint64_t data, data_pa; /* pages of the image for what the harness plants there */
	const char *values;   /* "key 0x1 key 0x2" */
	const char *symbols;  /* System.map */
};

static const struct board boards[] = {
	{"arm-short,tre,memattr=0x40e040e0ff0a81a8", 6, 12, 0x60000000, 32 << 20, 0, 0xc0000000, 0x60000000, 0xc0004000,
	 0x60004000, 0xc0700000, 0x60700000,
	 "page_offset 0xc0000000 phys_offset 0x60000000 cma 0x400000",
	 "c0008000 T _text\nc0100000 T _stext\nc0100000 T __turn_mmu_on\nc0100020 T __turn_mmu_on_end\nc0400000 D __start_rodata\n"
	 "c0500000 T __init_begin\nc0540000 b bm_pte\nc0600000 T __init_end\nc0600000 D _sdata\nc0800000 B _end\n"
	 "c0004000 A swapper_pg_dir\n"},
	{"arm-lpae", 6, 12, 0x80000000, 32 << 20, 0, 0xc0000000, 0x80000000, 0xc0003000,
	 0x80003000, 0xc0700000, 0x80700000, "page_offset 0xc0000000 phys_offset 0x80000000 highmem 0x1",
	 "c0008000 T _text\nc0200000 T _stext\nc0200000 T __turn_mmu_on\nc0200020 T __turn_mmu_on_end\nc0400000 D __start_rodata\n"
	 "c0400000 T __init_begin\nc0540000 b bm_pte\nc0600000 T __init_end\nc0600000 D _sdata\nc0800000 B _end\n"
	 "c0003000 A swapper_pg_dir\n"},
	{"arm64-4k-48,high", 6, 12, 0x40000000, 32 << 20, 0, 0xffff000000000000, 0x40000000, 0xffff800080731000, 0x40931000,
	 0xffff800080880000, 0x40a80000,
	 "kimage_voffset 0xffff80003fe00000 va_bits_config 0x30 phys_offset 0x40000000 rodata 0x1",
	 "ffff800080000000 T _text\nffff800080010000 T _stext\nffff800080460000 T _etext\nffff800080460000 D __start_rodata\n"
	 "ffff800080740000 T __inittext_begin\nffff800080770000 T __inittext_end\nffff800080770000 D __initdata_begin\n"
	 "ffff8000807f0000 D __initdata_end\nffff800080740000 T __init_begin\nffff8000807f0000 D __init_end\n"
	 "ffff8000807f0000 D _data\nffff8000808c0000 B _end\nffff8000808b2000 B init_pg_dir\nffff8000808be000 B init_pg_end\n"
	 "ffff800080770000 D init_idmap_pg_dir\nffff800080778000 D init_idmap_pg_end\nffff800080731000 D swapper_pg_dir\n"
	 "ffff80008072e000 D idmap_pg_dir\nffff80008072f000 D tramp_pg_dir\nffff80008087f000 b bm_pte\nffff80008087e000 b bm_pmd\n"
	 "ffff80008087d000 b bm_pud\nffff800080709000 d idmap_ptes\nffff800080706000 d kpti_ptes\nffff80008077a000 d __pi_ptes.1\n"
	 "ffff80008072d000 T __idmap_text_start\nffff80008072d80c T __idmap_text_end\nffff8000807fd2ec d __idmap_kpti_flag\n"
	 "ffff80008072b000 T __entry_tramp_text_start\nffff80008072c000 T __entry_tramp_text_end\n"},
	{"arm64-64k-48,high", 6, 1, 0x40000000, 64 << 20, 0, 0xffff000000000000, 0x40000000, 0xffff800008710000, 0x40910000,
	 0xffff800008880000, 0x40a80000, "kimage_voffset 0xffff7fffc7e00000 va_bits_config 0x30 phys_offset 0x40000000 rodata 0x2",
	 "ffff800008000000 T _text\nffff800008010000 T _stext\nffff800008460000 T _etext\nffff800008460000 D __start_rodata\n"
	 "ffff800008740000 T __inittext_begin\nffff800008770000 T __inittext_end\nffff800008770000 D __initdata_begin\n"
	 "ffff8000087f0000 D __initdata_end\nffff800008740000 T __init_begin\nffff8000087f0000 D __init_end\n"
	 "ffff8000087f0000 D _data\nffff800008900000 B _end\nffff8000088a0000 B init_pg_dir\nffff8000088e0000 B init_pg_end\n"
	 "ffff800008770000 D init_idmap_pg_dir\nffff8000087a0000 D init_idmap_pg_end\nffff800008710000 D swapper_pg_dir\n"
	 "ffff800008720000 D idmap_pg_dir\nffff800008700000 D tramp_pg_dir\nffff8000088f0000 b bm_pte\nffff8000088e0000 b bm_pmd\n"
	 "ffff8000088e0000 b bm_pud\nffff800008730000 T __idmap_text_start\nffff80000873080c T __idmap_text_end\n"
	 "ffff8000087fd2ec d __idmap_kpti_flag\nffff800008738000 T __entry_tramp_text_start\nffff800008739000 T __entry_tramp_text_end\n"},
	{"riscv-sv39", 6, 12, 0x80000000, 32 << 20, 0, 0xffffffd600000000, 0x80000000, 0xffffffff80a94000, 0x80c94000,
	 0xffffffff80ac0000, 0x80cc0000, "phys_addr 0x80200000 page_offset 0xffffffd600000000 phys_offset 0x80000000",
	 "ffffffff80000000 T _start\nffffffff80200000 T __init_begin\nffffffff80400000 D __init_data_begin\n"
	 "ffffffff80419c30 D __init_end\nffffffff80600000 D __start_rodata\nffffffff80a00000 D _data\nffffffff80ac7000 B _end\n"
	 "ffffffff80a94000 B swapper_pg_dir\nffffffff80405000 b early_pg_dir\nffffffff80404000 b early_pmd\n"
	 "ffffffff80402000 b early_pud\nffffffff80403000 b early_p4d\nffffffff80a92000 b fixmap_pte\nffffffff80a90000 b fixmap_pmd\n"
	 "ffffffff80a8c000 b fixmap_pud\nffffffff80a8e000 b fixmap_p4d\nffffffff80a93000 b trampoline_pg_dir\n"
	 "ffffffff80a91000 b trampoline_pmd\nffffffff80a8d000 b trampoline_pud\nffffffff80a8f000 b trampoline_p4d\n"
	 "ffffffff80400100 T mark_rodata_ro\n"},
	{"x86-64,memattr=0x407050600070106,smep,smap", 6, 12, 0x100000, 48 << 20, 0x9f000, 0xffff888000000000, 0,
	 0xffffffff81814000, 0x1814000, 0xffffffff81af0000, 0x1af0000,
	 "phys_addr 0x1000000 page_offset 0xffff888000000000 brk_end 0xffffffff81c08000",
	 "ffffffff81000000 T _text\nffffffff81600000 T _etext\nffffffff81600000 D __start_rodata\nffffffff81707000 D __end_rodata\n"
	 "ffffffff81800000 D __end_rodata_hpage_align\nffffffff81800000 D _sdata\nffffffff819ca000 T __init_begin\n"
	 "ffffffff81a94000 D __init_end\nffffffff81c00000 B __brk_base\nffffffff81c18000 B _end\nffffffff81a98000 d idt_table\n"
	 "ffffffff81400000 T __entry_text_start\nffffffff81401271 T __entry_text_end\nffffffff81814000 D init_top_pgt\n"
	 "ffffffff81814000 D swapper_pg_dir\nffffffff81816000 D level4_kernel_pgt\nffffffff81817000 D level3_kernel_pgt\n"
	 "ffffffff81818000 D level2_kernel_pgt\nffffffff81819000 D level2_fixmap_pgt\nffffffff8181a000 D level1_fixmap_pgt\n"
	 "ffffffff81c00000 B __start_bss_decrypted_unused\nffffffff81c00000 B __end_bss_decrypted\n"},
	{"x86-pae,memattr=0x407050600070106,smep,smap", 6, 12, 0x100000, 48 << 20, 0x9f000, 0xc0000000, 0, 0xc146d000, 0x146d000,
	 0xc14a0000, 0x14a0000, "phys_addr 0x1000000 page_offset 0xc0000000 max_low 0x3100000 brk_end 0xc14b8000",
	 "c1000000 T _text\nc1295849 T _etext\nc1296000 D __start_rodata\nc137d000 D __end_rodata\nc137d000 D _sdata\n"
	 "c13ff000 T __init_begin\nc1468000 D __init_end\nc14a5000 B __brk_base\nc16bf000 B _end\nc146f000 d idt_table\n"
	 "c12947e8 T __entry_text_start\nc1295849 T __entry_text_end\nc146d000 B swapper_pg_dir\nc146b000 B initial_pg_pmd\n"
	 "c146c000 b initial_pg_fixmap\nc1380000 d initial_page_table\nc1470000 b bm_pte\nc145c000 D gdt_page\n"
	 "c145e000 d entry_stack_storage\nc145d000 d doublefault_stack\nc1457000 D cpu_tss_rw\nc1456000 D cpu_debug_store\n"
	 "c1456000 D __per_cpu_start\nc146778c D __per_cpu_end\n"},
	{"x86-32,memattr=0x407050600070106,smep,smap", 6, 1, 0x100000, 48 << 20, 0x9f000, 0xc0000000, 0, 0xc1456000, 0x1456000,
	 0xc148c000, 0x148c000, "phys_addr 0x1000000 page_offset 0xc0000000 max_low 0x3100000 debug_store 0x1",
	 "c1000000 T _text\nc1283849 T _etext\nc1284000 D __start_rodata\nc136b000 D __end_rodata\nc136b000 D _sdata\n"
	 "c13ec000 T __init_begin\nc1451000 D __init_end\nc1490000 B __brk_base\nc15a6000 B _end\nc1458000 b idt_table\n"
	 "c1454000 B initial_page_table\nc1455000 b initial_pg_fixmap\nc1456000 B swapper_pg_dir\nc1459000 b bm_pte\n"
	 "c143f000 D __per_cpu_start\nc14507ac D __per_cpu_end\nc1445000 D gdt_page\nc1447000 d entry_stack_storage\n"
	 "c1446000 D doublefault_stack\nc1440000 D cpu_tss_rw\nc143f000 D cpu_debug_store\n"},
};

#define NBOARDS (sizeof boards / sizeof *boards)

/* Variables that a picture is asked for: each has 16 bytes of the planted data. */
static const char *const variables[] = {
	"__cpu_architecture", "smp_on_up", "rodata_enabled", "rodata_full", "initial_boot_params", "static_vmlist", "system_state",
	"dma_contiguous_default_area", "memstart_addr", "of_root", "arm64_use_ng_mappings", "__kfence_pool", "crashk_res",
	"_debug_pagealloc_enabled_early", "kfence_early_init", "node_data", "contig_page_data", "page_size_mask", "max_low_pfn",
	"real_mode_header", "_brk_end", "__vsyscall_page", "__FIXADDR_TOP", "__per_cpu_offset", "boot_cpu_data", "ioapics",
	"nr_ioapics", "mp_lapic_addr", "nr_cpu_ids", "mmcfg_last_accessed_device", "kfence_init", "kfence_sample_interval",
	"vmemmap_populate", "add_memory_resource", "__symbol_get", "boot_params",
};

#define NVARIABLES (sizeof variables / sizeof *variables)

#endif
