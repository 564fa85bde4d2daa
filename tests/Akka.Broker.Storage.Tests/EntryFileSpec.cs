using System.Buffers.Binary;
using Akka.Broker.Storage.Disks;
using Akka.Broker.Storage.Segments;

namespace Akka.Broker.Storage.Tests;

public sealed class EntryFileSpec
{
    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(34)]
    public void Entries_are_found_in_memory_and_in_the_file_alike(int entrySize)
    {
        var disk = new MemoryDisk();
        disk.CreateFolder("/f");
        using var entries = new EntryFile(disk, "/f/x", entrySize);
        entries.Reset(withFile: true);
        const int Count = 20_000;
        for (var i = 0; i < Count; i++)
        {
            entries.Append(Entry(i * 3, entrySize));
            if (i % 7000 == 6999)
                entries.WritePending();
        }
        Check(entries, Count, entrySize);
        entries.Seal();
        Assert.Equal((long)Count * entrySize, disk.FileLength("/f/x"));
        Check(entries, Count, entrySize);

        using var again = new EntryFile(disk, "/f/x", entrySize);
        Assert.True(again.Load());
        Check(again, Count, entrySize);
        again.Append(Entry(Count * 3, entrySize));
        Check(again, Count + 1, entrySize);
        again.Truncate(Count - 50);
        Check(again, Count - 50, entrySize);
        again.Truncate(10);
        Check(again, 10, entrySize);
        again.WritePending();
        Assert.Equal(10L * entrySize, disk.FileLength("/f/x"));
    }

    [Fact]
    public void Memory_is_bounded_and_a_full_disk_only_postpones_the_file()
    {
        var disk = new MemoryDisk();
        disk.CreateFolder("/f");
        using var entries = new EntryFile(disk, "/f/x", 8);
        entries.Reset(withFile: true);
        disk.CapacityBytes = 0;
        for (var i = 0; i < 10_000; i++)
            entries.Append(Entry(i * 3, 8));
        Assert.Equal(0, disk.FileLength("/f/x"));
        Check(entries, 10_000, 8);
        disk.CapacityBytes = long.MaxValue;
        entries.WritePending();
        Assert.Equal(80_000, disk.FileLength("/f/x"));
        Check(entries, 10_000, 8);
    }

    [Fact]
    public async Task Readers_see_whole_entries_while_the_writer_appends()
    {
        var disk = new MemoryDisk();
        disk.CreateFolder("/f");
        using var entries = new EntryFile(disk, "/f/x", 8);
        entries.Reset(withFile: true);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(1, 2).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
                CheckOne(entries, entries.Count, random.Next(1 + Math.Max(0, entries.Count - 1) * 3), 8);
        })).ToList();
        for (var i = 0; i < 60_000; i++)
        {
            entries.Append(Entry(i * 3, 8));
            if (i % 20_000 == 0)
                entries.WritePending();
        }
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Check(entries, 60_000, 8);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    public void A_file_of_no_whole_number_of_entries_is_not_loaded(int length)
    {
        var disk = new MemoryDisk();
        disk.WriteAll("/f/x", new byte[length]);
        using var entries = new EntryFile(disk, "/f/x", 8);
        Assert.False(entries.Load());
        using var missing = new EntryFile(disk, "/f/y", 8);
        Assert.False(missing.Load());
    }

    private static void Check(EntryFile entries, int count, int entrySize)
    {
        Assert.Equal(count, entries.Count);
        for (var key = -1; key < count * 3 + 5; key += Math.Max(1, count / 500))
            CheckOne(entries, count, key, entrySize);
    }

    /// <summary>Entries' keys are 0, 3, 6, …</summary>
    private static void CheckOne(EntryFile entries, int count, int key, int entrySize)
    {
        var expected = key < 0 ? -1 : Math.Min(key / 3, count - 1);
        var found = entries.LastAtMost(EntryKey.Int32At0, key);
        Assert.True(found >= expected && (key < 0 ? found < 0 : found <= key / 3), $"{key}: {found}, not {expected}");
        var entry = new byte[entrySize];
        if (found >= 0)
        {
            Assert.True(entries.TryRead(found, entry));
            Assert.Equal(found * 3, BinaryPrimitives.ReadInt32BigEndian(entry));
        }
    }

    private static byte[] Entry(int key, int size)
    {
        var entry = new byte[size];
        BinaryPrimitives.WriteInt32BigEndian(entry, key);
        return entry;
    }
}
