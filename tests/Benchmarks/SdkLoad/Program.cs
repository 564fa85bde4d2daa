using Akka.Broker.SdkLoad;

// The SDK under load, with the options of kload and the same JSON line on standard output:
//   sdkload consume --bootstrap HOST:PORT --topic NAME --count N --partitions N [--warm PASSES] [--skip N] [--mode raw|bytes|handlers] [--crcs on|off] [--stamped 1]
//   sdkload produce --bootstrap HOST:PORT --topic NAME --count N --partitions N [--warm N] [--size BYTES] [--batch BYTES] [--linger MS] [--codec NAME] [--way post|send] [--rate N/s] [--stamped 1]
return args.FirstOrDefault() switch
{
    "produce" => await ProduceLoad.RunAsync(Options.Parse(args[1..])),
    "consume" => await ConsumeLoad.RunAsync(Options.Parse(args[1..])),
    _ => Options.Usage(),
};
