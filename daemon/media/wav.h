/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of WAV files that nobody finished. */
#ifndef OPENTDM_MEDIA_WAV_H
#define OPENTDM_MEDIA_WAV_H

/**
 * wav_mend() - make the header of a WAV file agree with the file's length
 * @fd: open for reading and writing
 *
 * Whoever wrote it was killed, or the disk was full: what stands behind the last header that was
 * written belongs to the samples. A sample of which a part is missing goes. Done once or often, and
 * ended at any point, it comes to the same. Reads and writes; nobody else writes to the file.
 *
 * 1: mended; 0: it was whole. -EILSEQ: it is no WAV file, or one without samples; -EOPNOTSUPP: not
 * of PCM, A-law or mu-law; -EFBIG: its length is none that a header can say: then it is as it was.
 * Another errno: of the disk.
 */
int wav_mend(int fd);

#endif
