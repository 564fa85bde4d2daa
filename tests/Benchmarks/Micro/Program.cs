using Akka.Broker.Benchmarks;

// usage: dotnet run -c Release --project tests/Benchmarks/Micro [records|codecs|actors|persist]...
var chosen = args.Length > 0 ? args : ["records", "codecs", "actors", "persist"];
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
        case "persist":
            await PersistBenchmarks.RunAsync();
            break;
        default:
            Console.Error.WriteLine($"'{name}' is none of records, codecs, actors, persist");
            return 2;
    }
}

return 0;
