using Petabridge.Cmd.Wire;

namespace Akka.Broker.Cmd.Tests.Host;

public sealed class FrameSpec
{
    [Fact]
    public void A_frame_has_these_bytes() =>
        Assert.Equal("00000009" + "02" + "00000007" + "c3a400" + "62", Convert.ToHexStringLower(CmdFrameStream.Encode(new CmdFrame(CmdFrameType.Execute, 7, "ä\0b"))));

    [Fact]
    public async Task Frames_come_out_as_they_went_in_however_the_bytes_are_cut()
    {
        CmdFrame[] sent = [new(CmdFrameType.Hello, 0, "1"), new(CmdFrameType.Execute, 1, CmdFrame.Join(["topic", "list"])), new(CmdFrameType.Done, 1, "")];
        using var stream = new DrippingStream(sent.SelectMany(CmdFrameStream.Encode).ToArray());
        using var frames = new CmdFrameStream(stream, 1000);

        foreach (var frame in sent)
            Assert.Equal(frame, await frames.ReadAsync(default));
        Assert.Null(await frames.ReadAsync(default));
        Assert.Equal(["topic", "list"], sent[1].Words);
    }

    [Theory]
    [InlineData("00000004")]
    [InlineData("000003e9")]
    [InlineData("ffffffff")]
    [InlineData("47455420")]
    public async Task A_length_that_cannot_be_is_refused(string bytes)
    {
        using var frames = new CmdFrameStream(new MemoryStream(Convert.FromHexString(bytes)), 1000);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await frames.ReadAsync(default));
    }

    [Fact]
    public async Task A_stream_that_ends_within_a_frame_is_an_error_at_every_byte()
    {
        var whole = CmdFrameStream.Encode(new CmdFrame(CmdFrameType.Output, 1, "text"));
        for (var length = 1; length < whole.Length; length++)
        {
            using var frames = new CmdFrameStream(new MemoryStream(whole[..length]), 1000);
            await Assert.ThrowsAsync<EndOfStreamException>(async () => await frames.ReadAsync(default));
        }
    }

    /// <summary>A byte at a time.</summary>
    private sealed class DrippingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
