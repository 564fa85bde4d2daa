using System.Buffers.Binary;
using Akka.Broker.Protocol.Records;
using IronSnappy;

namespace Akka.Broker.Protocol.Compression;

/// <summary>
/// Snappy as Kafka's clients write it: the framing of the Java library snappy-java around raw blocks,
/// <code>
/// 82 'S' 'N' 'A' 'P' 'P' 'Y' 00   int32 version   int32 lowest compatible version
/// then, to the end:               int32 length of a block   the block
/// </code>
/// integers big-endian. Some clients send one raw block without framing; that is read too. A raw block starts with its decompressed length as an
/// unsigned varint, and 3 bytes of it yield at most 64, so a length beyond that ratio is refused before memory is taken for it.
/// </summary>
internal sealed class SnappyCodec : ICodec
{
    private const int FrameHeaderSize = 16;
    private const int BlockSize = 32 * 1024;
    private const int Version = 1;
    private const int ExpansionMax = 22;
    private static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public CompressionType Type => CompressionType.Snappy;

    public void Compress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        var header = destination.GetSpan(FrameHeaderSize);
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], Version);
        destination.Advance(FrameHeaderSize);
        while (!source.IsEmpty)
        {
            var size = Math.Min(BlockSize, source.Length);
            var block = Snappy.Encode(source[..size]);
            BinaryPrimitives.WriteInt32BigEndian(destination.GetSpan(sizeof(int)), block.Length);
            destination.Advance(sizeof(int));
            destination.Write(block);
            source = source[size..];
        }
    }

    public void Decompress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        if (!source.StartsWith(Magic))
        {
            DecompressBlock(source, destination);
            return;
        }

        if (source.Length < FrameHeaderSize)
            throw new CorruptCompressedDataException($"snappy: the frame ends in its header, after {source.Length} bytes");
        source = source[FrameHeaderSize..];
        while (!source.IsEmpty)
        {
            var size = source.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32BigEndian(source);
            if (size < 0 || size > source.Length - sizeof(int))
                throw new CorruptCompressedDataException($"snappy: a block of {size} bytes where {source.Length} are left");
            DecompressBlock(source.Slice(sizeof(int), size), destination);
            source = source[(sizeof(int) + size)..];
        }
    }

    private static void DecompressBlock(ReadOnlySpan<byte> block, BoundedBuffer destination)
    {
        var length = ReadLength(block);
        if (length > (long)ExpansionMax * block.Length)
            throw new CorruptCompressedDataException($"snappy: {block.Length} bytes cannot hold the {length} that they announce");
        destination.EnsureAllowed((int)length);
        byte[] bytes;
        try
        {
            bytes = Snappy.Decode(block);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new CorruptCompressedDataException($"snappy: {e.Message}", e);
        }

        if (bytes.Length != length)
            throw new CorruptCompressedDataException($"snappy: a block of {bytes.Length} bytes announces {length}");
        destination.Write(bytes);
    }

    private static long ReadLength(ReadOnlySpan<byte> block)
    {
        var length = 0L;
        for (var i = 0; i < 5 && i < block.Length; i++)
        {
            length |= (long)(block[i] & 0x7f) << (7 * i);
            if (block[i] < 0x80 && length <= int.MaxValue)
                return length;
        }

        throw new CorruptCompressedDataException("snappy: a block without its length");
    }
}
