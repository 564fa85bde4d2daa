using System.Text;
using Akka.Broker.Storage.Compaction;

namespace Akka.Broker.Storage.Tests.Compaction;

public sealed class KeyHashSpec
{
    /// <summary>Vectors of the hash's authors: key 00 01 … 0f, input 00 01 ….</summary>
    [Theory]
    [InlineData(0, "a3817f04ba25a8e66df67214c7550293")]
    [InlineData(1, "da87c1d86b99af44347659119b22fc45")]
    public void The_hash_is_that_of_its_authors(int length, string expected)
    {
        var hash = new KeyHash(0x0706050403020100, 0x0f0e0d0c0b0a0908).Of([.. Enumerable.Range(0, length).Select(i => (byte)i)]);
        var bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(bytes, hash);
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void Keys_of_all_lengths_differ()
    {
        var hash = new KeyHash(1, 2);
        var seen = new HashSet<UInt128>();
        for (var length = 0; length < 40; length++)
        {
            var key = new byte[length];
            Assert.True(seen.Add(hash.Of(key)));
            for (var i = 0; i < length; i++)
            {
                key[i] = 1;
                Assert.True(seen.Add(hash.Of(key)));
                key[i] = 0;
            }
        }
    }

    [Fact]
    public void A_map_keeps_the_newest_offset_of_each_key_and_says_when_it_is_full()
    {
        var map = new OffsetMap(100 * OffsetMap.SlotBytes, 1000, new KeyHash(3, 4));
        Assert.Equal(90, map.CountMax);
        for (var i = 0; i < 90; i++)
            Assert.True(map.TryPut(Encoding.UTF8.GetBytes($"k{i}"), i));
        Assert.False(map.TryPut("one more"u8, 90));
        Assert.True(map.TryPut("k7"u8, 91));
        Assert.Equal(91, map.Get("k7"u8));
        for (var i = 10; i < 90; i++)
            Assert.Equal(i, map.Get(Encoding.UTF8.GetBytes($"k{i}")));
        Assert.Equal(-1, map.Get("none"u8));
        Assert.Equal(-1, map.Get(""u8));
    }

    [Fact]
    public void A_map_grows_with_its_keys_and_loses_none()
    {
        var map = new OffsetMap(400_000 * OffsetMap.SlotBytes, 1_000_000, new KeyHash(3, 4));
        var key = new byte[4];
        var count = 0;
        while (map.TryPut(Key(count, key), count))
            count++;
        // The old slots and the new ones keep within the bound while it grows.
        Assert.Equal(map.CountMax, count);
        Assert.InRange(map.SizeInBytes, 200_000 * OffsetMap.SlotBytes, 400_000 * OffsetMap.SlotBytes);
        for (var i = 0; i < count; i++)
            Assert.Equal(i, map.Get(Key(i, key)));
        Assert.True(map.TryPut(Key(5, key), count));
        Assert.Equal(count, map.Get(Key(5, key)));
    }

    private static byte[] Key(int number, byte[] key)
    {
        BitConverter.TryWriteBytes(key, number);
        return key;
    }

    [Fact]
    public void A_map_takes_no_more_than_its_keys_need()
    {
        Assert.True(new OffsetMap(128 * 1024 * 1024, 1000, default).SizeInBytes < 30_000);
        Assert.True(new OffsetMap(128 * 1024 * 1024, 1000, default).CountMax >= 1000);
    }
}
