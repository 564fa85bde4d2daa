using Akka.Broker.Benchmarks;

// usage: dotnet run -c Release --project tests/Benchmarks/Micro [records|codecs|actors|remote|persist|compaction|scrub|figures]...
var chosen = args.Length > 0 ? args : ["records", "codecs", "actors", "remote", "persist", "compaction", "scrub", "figures"];
foreach (var name in chosen)
{
    switch (name)
    {
        case "records":
            RecordBenchmarks.Run();
            break;
        case "codecs":
            CodecBenchmarks.Run();
            break;
        case "actors":
            await ActorBenchmarks.RunAsync();
            break;
        case "remote":
            await RemoteBenchmarks.RunAsync();
            break;
        case "persist":
            await PersistBenchmarks.RunAsync();
            break;
        case "compaction":
            await CompactionBenchmarks.RunAsync();
            break;
        case "scrub":
            await ScrubBenchmarks.RunAsync();
            break;
        case "figures":
            FigureBenchmarks.Run();
            break;
        default:
            Console.Error.WriteLine($"'{name}' is none of records, codecs, actors, remote, persist, compaction, scrub, figures");
            return 2;
    }
}

return 0;
