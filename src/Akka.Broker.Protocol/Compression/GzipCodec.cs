using System.Buffers.Binary;
using System.IO.Compression;
using Akka.Broker.Protocol.Records;

namespace Akka.Broker.Protocol.Compression;

/// <summary>gzip (RFC 1952), one member on the way out, any number of members on the way in.</summary>
internal sealed class GzipCodec : ICodec
{
    private const int HeaderAndTrailerSize = 18;
    private const int ReadSize = 16 * 1024;

    /// <summary>A member without content, which the framework does not write: magic, deflate, no flags, time or system, an empty block, checksum, length.</summary>
    private static ReadOnlySpan<byte> EmptyMember => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public CompressionType Type => CompressionType.Gzip;

    public void Compress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        if (source.IsEmpty)
        {
            destination.Write(EmptyMember);
            return;
        }

        using var gzip = new GZipStream(new BufferStream(destination), CompressionLevel.Optimal);
        gzip.Write(source);
    }

    public unsafe void Decompress(ReadOnlySpan<byte> source, BoundedBuffer destination)
    {
        if (source.Length < HeaderAndTrailerSize)
            throw new CorruptCompressedDataException($"gzip: {source.Length} bytes are less than an empty member has");
        var start = destination.Length;
        fixed (byte* bytes = source)
        {
            using var compressed = new UnmanagedMemoryStream(bytes, source.Length);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            try
            {
                while (gzip.Read(destination.GetSpan(ReadSize)) is var count and > 0)
                    destination.Advance(count);
            }
            catch (InvalidDataException e)
            {
                throw new CorruptCompressedDataException($"gzip: {e.Message}", e);
            }
        }

        CheckLength(source, destination.Length - start);
    }

    /// <summary>A cut-off stream can end without complaint; its last four bytes are then no length of what was read.</summary>
    private static void CheckLength(ReadOnlySpan<byte> source, int produced)
    {
        var stated = BinaryPrimitives.ReadUInt32LittleEndian(source[^4..]);
        if (stated > produced)
            throw new CorruptCompressedDataException($"gzip: the data ends after {produced} bytes, its trailer says {stated}");
    }

    /// <summary>Lets the framework's compressor write into the buffer.</summary>
    private sealed class BufferStream(BoundedBuffer buffer) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] array, int offset, int count) => buffer.Write(array.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        public override void Flush()
        {
        }

        public override int Read(byte[] array, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
