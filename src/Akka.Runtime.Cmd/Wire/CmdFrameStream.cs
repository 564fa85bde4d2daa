using System.Buffers.Binary;
using System.Text;

namespace Petabridge.Cmd.Wire;

/// <summary>
/// Frames over a byte stream, in both directions.
/// <code>
/// int32  length of what follows, big-endian
/// int8   type
/// int32  command id
/// ...    text, UTF-8
/// </code>
/// One reader and one writer at a time.
/// </summary>
internal sealed class CmdFrameStream(Stream stream, int bytesMax) : IDisposable
{
    private const int HeadSize = 5;
    private readonly byte[] _length = new byte[4];

    /// <summary>The next frame; null when the other side has ended in order.</summary>
    /// <exception cref="IOException">It ended in the middle of a frame.</exception>
    /// <exception cref="InvalidDataException">It does not speak this protocol.</exception>
    public async ValueTask<CmdFrame?> ReadAsync(CancellationToken cancelled)
    {
        var read = await stream.ReadAtLeastAsync(_length, _length.Length, throwOnEndOfStream: false, cancelled).ConfigureAwait(false);
        if (read == 0)
            return null;
        if (read < _length.Length)
            throw new EndOfStreamException();
        var length = BinaryPrimitives.ReadInt32BigEndian(_length);
        if (length < HeadSize || length > bytesMax)
            throw new InvalidDataException($"A frame claims {length} bytes; allowed: {HeadSize} to {bytesMax}.");
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancelled).ConfigureAwait(false);
        return new CmdFrame((CmdFrameType)body[0], BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)), Encoding.UTF8.GetString(body.AsSpan(HeadSize)));
    }

    public async ValueTask WriteAsync(CmdFrame frame, CancellationToken cancelled)
    {
        await stream.WriteAsync(Encode(frame), cancelled).ConfigureAwait(false);
        await stream.FlushAsync(cancelled).ConfigureAwait(false);
    }

    public static byte[] Encode(CmdFrame frame)
    {
        var text = Encoding.UTF8.GetByteCount(frame.Text);
        var bytes = new byte[4 + HeadSize + text];
        BinaryPrimitives.WriteInt32BigEndian(bytes, HeadSize + text);
        bytes[4] = (byte)frame.Type;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), frame.Id);
        Encoding.UTF8.GetBytes(frame.Text, bytes.AsSpan(4 + HeadSize));
        return bytes;
    }

    public void Dispose() => stream.Dispose();
}
