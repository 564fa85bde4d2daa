using Akka.Broker.Benchmarks;

// usage: dotnet run -c Release --project tests/Benchmarks/Micro [records|codecs|actors]...
var chosen = args.Length > 0 ? args : ["records", "codecs", "actors"];
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
        default:
            Console.Error.WriteLine($"'{name}' is none of records, codecs, actors");
            return 2;
    }
}

return 0;
