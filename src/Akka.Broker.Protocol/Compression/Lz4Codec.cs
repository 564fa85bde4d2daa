using System.Buffers.Binary;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Compression;

/// <summary>
/// LZ4 in its frame format, little-endian:
/// <code>
/// uint32 magic 184D2204
/// byte   version 01 (bits 6-7), blocks independent (5), block checksums (4), content size (3), content checksum (2), dictionary id (0)
/// byte   largest block: 4 = 64 KiB, 5 = 256 KiB, 6 = 1 MiB, 7 = 4 MiB (bits 4-6)
/// [uint64 content size]  [uint32 dictionary id]
/// byte   header checksum: second byte of the xxHash32 of flags to here
/// blocks: uint32 length, high bit: stored as it is; the bytes; [uint32 xxHash32 of the bytes]
/// uint32 0   [uint32 xxHash32 of the content]
/// </code>
/// Written: independent blocks of 64 KiB without checksums, as Kafka's Java clients do, since the batch has its own. Read: all of it but
/// dictionaries; frames may follow one another. The offset of a match never reaches before its own frame.
/// </summary>
internal sealed class Lz4Codec : ICodec
{
    private const uint FrameMagic = 0x184D2204;
    private const int VersionMask = 0xC0;
    private const int Version = 0x40;
    private const int BlocksIndependent = 0x20;
    private const int HasBlockChecksums = 0x10;
    private const int HasContentSize = 0x08;
    private const int HasContentChecksum = 0x04;
    private const int HasDictionaryId = 0x01;
    private const uint StoredFlag = 0x8000_0000;
    private const int BlockSize = 64 * 1024;
    private const byte BlockSizeCode = 4 << 4;
    private const int FlagsOffset = 4;
    private const int FixedHeaderSize = 6;

    public CompressionType Type => CompressionType.Lz4;

    public void Compress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        var header = destination.GetSpan(FixedHeaderSize + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header, FrameMagic);
        header[FlagsOffset] = Version | BlocksIndependent;
        header[FlagsOffset + 1] = BlockSizeCode;
        header[FixedHeaderSize] = HeaderChecksum(header[FlagsOffset..FixedHeaderSize]);
        destination.Advance(FixedHeaderSize + 1);
        for (; !source.IsEmpty; source = source[Math.Min(BlockSize, source.Length)..])
            WriteBlock(source[..Math.Min(BlockSize, source.Length)], destination);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.GetSpan(sizeof(uint)), 0);
        destination.Advance(sizeof(uint));
    }

    public void Decompress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        do
            source = source[ReadFrame(source, destination)..];
        while (!source.IsEmpty);
    }

    private static void WriteBlock(ReadOnlySpan<byte> block, BoundedBuffer destination)
    {
        var room = destination.GetSpan(sizeof(uint) + Lz4Block.CompressedLengthMax(block.Length));
        var length = Lz4Block.Compress(block, room[sizeof(uint)..]);
        var header = (uint)length;
        if (length >= block.Length)
        {
            block.CopyTo(room[sizeof(uint)..]);
            length = block.Length;
            header = (uint)length | StoredFlag;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(room, header);
        destination.Advance(sizeof(uint) + length);
    }

    /// <summary>Reads one frame and returns its length.</summary>
    private static int ReadFrame(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        var position = ReadFrameHeader(source, out var flags, out var blockSizeMax, out var contentSize);
        var contentStart = destination.Length;
        while (ReadWord(source, ref position) is var blockHeader and not 0)
        {
            var length = (int)(blockHeader & ~StoredFlag);
            if (length > blockSizeMax || length > source.Length - position)
                throw Corrupt($"a block of {length} bytes where {Math.Min(blockSizeMax, source.Length - position)} are the most");
            var block = source.Slice(position, length);
            position += length;
            if ((flags & HasBlockChecksums) != 0 && ReadWord(source, ref position) != XxHash32.Compute(block))
                throw Corrupt("a block's checksum is wrong");
            var historyStart = (flags & BlocksIndependent) != 0 ? destination.Length : contentStart;
            ReadBlock(block, (blockHeader & StoredFlag) != 0, blockSizeMax, historyStart, destination);
        }

        var content = destination.Written[contentStart..];
        if ((flags & HasContentChecksum) != 0 && ReadWord(source, ref position) != XxHash32.Compute(content))
            throw Corrupt("the content's checksum is wrong");
        if (contentSize >= 0 && contentSize != content.Length)
            throw Corrupt($"the frame yields {content.Length} bytes and announces {contentSize}");
        return position;
    }

    private static int ReadFrameHeader(ReadOnlySpan<byte> source, out int flags, out int blockSizeMax, out long contentSize)
    {
        var position = 0;
        if (ReadWord(source, ref position) is var magic and not FrameMagic)
            throw Corrupt($"a frame starts with {FrameMagic:x8}, not {magic:x8}");
        if (source.Length <= FixedHeaderSize)
            throw Corrupt("the frame ends in its header");
        flags = source[FlagsOffset];
        if ((flags & VersionMask) != Version)
            throw Corrupt($"frames of version 1 are known, not of version {flags >> 6}");
        if ((flags & HasDictionaryId) != 0)
            throw Corrupt("the frame needs a dictionary");
        var sizeCode = (source[FlagsOffset + 1] >> 4) & 7;
        if (sizeCode < 4)
            throw Corrupt($"block size {sizeCode} is none of 4 to 7");
        blockSizeMax = 1 << (8 + (2 * sizeCode));
        position = FixedHeaderSize;
        contentSize = -1;
        if ((flags & HasContentSize) != 0)
        {
            var low = ReadWord(source, ref position);
            contentSize = (long)(((ulong)ReadWord(source, ref position) << 32) | low) & long.MaxValue;
        }

        if (position >= source.Length || source[position] != HeaderChecksum(source[FlagsOffset..position]))
            throw Corrupt("the frame header's checksum is wrong");
        return position + 1;
    }

    private static void ReadBlock(ReadOnlySpan<byte> block, bool isStored, int blockSizeMax, int historyStart, BoundedBuffer destination)
    {
        if (isStored)
        {
            destination.Write(block);
            return;
        }

        var output = destination.GetWrittenAndRoom(historyStart, blockSizeMax);
        var length = Lz4Block.Decompress(block, output, destination.Length - historyStart);
        if (length < 0)
            throw Corrupt($"a block is damaged or yields more than {blockSizeMax} bytes");
        destination.Advance(length);
    }

    private static uint ReadWord(ReadOnlySpan<byte> source, ref int position)
    {
        if (source.Length - position < sizeof(uint))
            throw Corrupt($"the frame is cut off at byte {position}");
        var word = BinaryPrimitives.ReadUInt32LittleEndian(source[position..]);
        position += sizeof(uint);
        return word;
    }

    private static byte HeaderChecksum(ReadOnlySpan<byte> descriptor) => (byte)(XxHash32.Compute(descriptor) >> 8);

    private static CorruptCompressedDataException Corrupt(string what) => new($"lz4: {what}");
}
