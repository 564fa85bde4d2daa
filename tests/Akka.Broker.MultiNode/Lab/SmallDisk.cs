namespace Akka.Broker.MultiNode.Lab;

/// <summary>
/// A file system of a few megabytes for one node's data: in memory, by a mount in the tests' own mount namespace, which the nodes started later see. It
/// outlives the node's processes. What a killed test run has left mounted goes when the next one begins.
/// </summary>
public static class SmallDisk
{
    private const string Prefix = "akb-disk-";

    /// <summary>Skips, loudly, where nothing can be mounted.</summary>
    public static async Task NeededAsync()
    {
        var folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        try
        {
            var (code, _, errors) = await Shell.TryAsync("mount", "-t", "tmpfs", "-o", "size=1m", $"{Prefix}{Environment.ProcessId}", folder);
            if (code == 0)
            {
                await UnmountAsync(folder);
                return;
            }
            var reason = $"NO SMALL DISK WAS TRIED: a tmpfs cannot be mounted here: {errors.Trim()}";
            if (Environment.GetEnvironmentVariable("AKKA_BROKER_MULTINODE_REQUIRED") == "1")
                Assert.Fail(reason);
            await Console.Error.WriteLineAsync($"*** {reason} ***");
            Skip.If(true, reason);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    public static async Task MountAsync(string folder, int megabytes)
    {
        await UnmountLeftoversAsync();
        Directory.CreateDirectory(folder);
        await Shell.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", $"{Prefix}{Environment.ProcessId}", folder);
    }

    /// <summary>At once, whoever still uses it.</summary>
    public static Task UnmountAsync(string folder) => Shell.TryAsync("umount", "-l", folder);

    /// <summary>Writes a file into a data folder until not one block is left, as another program on the same disk would.</summary>
    /// <returns>The file; deleting it gives the space back.</returns>
    public static string TakeAll(string folder)
    {
        var path = Path.Combine(folder, ".other-program");
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 64 * 1024; size > 0; size /= 2)
        {
            try
            {
                while (true)
                    file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // What is left is smaller.
            }
        }
        return path;
    }

    public static long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    private static async Task UnmountLeftoversAsync()
    {
        foreach (var mount in (await File.ReadAllLinesAsync("/proc/mounts")).Select(l => l.Split(' ')).Where(m => m[0].StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (!Directory.Exists($"/proc/{mount[0][Prefix.Length..]}"))
                await Shell.TryAsync("umount", "-l", mount[1]);
        }
    }
}
