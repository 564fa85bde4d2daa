using System.Buffers.Binary;
using Akka.Broker.Protocol.Generator;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>Bytes that are no message cost a <see cref="MalformedMessageException"/>, never another one, and memory in the order of their own size.</summary>
public sealed class MalformedMessageSpec
{
    private const int Seed = 20262;

    /// <summary>An object for few bytes of wire is normal; a length that is believed is not.</summary>
    private const int AllocatedPerByteMax = 100;

    /// <summary>An exception with its text and stack.</summary>
    private const int AllocatedFlatMax = 64 * 1024;

    [Fact]
    public void A_message_that_is_cut_at_any_byte_is_refused()
    {
        foreach (var (message, version) in Schemas.MessageVersions)
        {
            var whole = Encode(message, version, ValueMaker.Filled());
            for (var length = 0; length < whole.Length; length++)
                Assert.False(TryRead(message, version, whole.AsMemory(0, length)), $"{message.ClassName} v{version} is read from {length} of {whole.Length} bytes");
        }
    }

    [Fact]
    public void Flipped_bits_are_read_or_refused()
    {
        var random = new Random(Seed);
        foreach (var (message, version) in Schemas.MessageVersions)
        {
            var whole = Encode(message, version, ValueMaker.Random(random));
            for (var i = 0; i < 40 && whole.Length > 0; i++)
            {
                var flipped = whole.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                TryRead(message, version, flipped);
            }
        }
    }

    [Fact]
    public void Huge_lengths_anywhere_are_not_believed()
    {
        foreach (var (message, version) in Schemas.MessageVersions)
        {
            var whole = Encode(message, version, ValueMaker.Filled());
            for (var at = 0; at < whole.Length; at++)
            {
                var huge = whole.ToArray();
                if (at + 4 <= huge.Length)
                {
                    BinaryPrimitives.WriteInt32BigEndian(huge.AsSpan(at), int.MaxValue);
                    TryRead(message, version, huge);
                }

                TryRead(message, version, (byte[])[.. whole.AsSpan(0, at), 0xff, 0xff, 0xff, 0xff, 0x0f, .. whole.AsSpan(at + 1)]);
                TryRead(message, version, (byte[])[.. whole.AsSpan(0, at), 0xff, 0xff, 0xff, 0xff, 0x7f, .. whole.AsSpan(at + 1)]);
            }
        }
    }

    [Fact]
    public void Random_bytes_are_read_or_refused()
    {
        var random = new Random(Seed);
        foreach (var (message, version) in Schemas.MessageVersions)
        {
            for (var i = 0; i < 50; i++)
            {
                var bytes = new byte[random.Next(400)];
                random.NextBytes(bytes);
                if (i % 2 == 0)
                    bytes.AsSpan(0, bytes.Length / 2).Clear();
                TryRead(message, version, bytes);
            }
        }
    }

    [Fact]
    public void A_frame_of_countless_tiny_structures_is_refused()
    {
        var bytes = new byte[4 * MessageReader.StructuresMax + 16];
        bytes.AsSpan().Fill(1);
        var reader = new MessageReader(bytes);
        Assert.Equal(0, reader.ReadArrayLength(compact: true, mayBeNull: false, 1));
        var at = 0;
        for (var count = (uint)MessageReader.StructuresMax + 2; count > 0; count >>= 7)
            bytes[at++] = (byte)(count > 0x7f ? count & 0x7f | 0x80 : count);
        Assert.Throws<MalformedMessageException>(() => ReadStructureCount(bytes));
    }

    private static int ReadStructureCount(byte[] bytes) => new MessageReader(bytes).ReadStructureCount(compact: true, mayBeNull: false, 1);

    private static byte[] Encode(Message message, short version, ValueMaker maker) => ReferenceEncoder.Encode(message, version, maker.Make(message, version));

    /// <summary>False if the bytes are refused. Another exception than the one allowed, or too much memory, fails the test.</summary>
    private static bool TryRead(Message schema, short version, ReadOnlyMemory<byte> bytes)
    {
        var message = MessageMapper.Create(schema);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var isRead = true;
        try
        {
            var reader = new MessageReader(bytes);
            message.Read(ref reader, version);
        }
        catch (MalformedMessageException)
        {
            isRead = false;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= AllocatedFlatMax + AllocatedPerByteMax * (long)bytes.Length, $"{schema.ClassName} v{version} allocates {allocated} bytes for {bytes.Length}: {Convert.ToHexString(bytes.Span)}");
        return isRead;
    }
}
