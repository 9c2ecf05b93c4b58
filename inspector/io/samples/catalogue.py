"""The classification models of torchvision 0.28, as plain data: listing them needs no torch.

Parameters and MACs are those of torchvision's weight enums (``num_params`` and ``_ops``, in units
of 1e9) at the input size given; for inception_v3 and googlenet without their auxiliary heads,
which inference does not use.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One model that the program can make.

    Attributes:
        key: torchvision's name, also the name of the file.
        title: the name as its paper writes it.
        parameters: number of parameters before BatchNorm is folded.
        gmacs: multiply-accumulates of one image, in 1e9.
        image_size: height and width of the input, in pixels.
        needs_torch: True where PyTorch and torchvision must be installed to make it.
        featured: True where the welcome page offers it.
    """

    key: str
    title: str
    parameters: int
    gmacs: float
    image_size: int = 224
    needs_torch: bool = True
    featured: bool = False

    @property
    def subtitle(self) -> str:
        """Size and cost in a few words, such as ``61.1 M parameters · 714 M MACs``."""
        macs = f"{self.gmacs:.2f} G" if self.gmacs >= 0.9995 else f"{self.gmacs * 1000:.0f} M"
        return f"{self.parameters / 1e6:.1f} M parameters · {macs} MACs"


SAMPLES: tuple[Sample, ...] = (
    Sample("alexnet", "AlexNet", 61_100_840, 0.714, needs_torch=False, featured=True),
    Sample("convnext_base", "ConvNeXt Base", 88_591_464, 15.355),
    Sample("convnext_large", "ConvNeXt Large", 197_767_336, 34.361),
    Sample("convnext_small", "ConvNeXt Small", 50_223_688, 8.684),
    Sample("convnext_tiny", "ConvNeXt Tiny", 28_589_128, 4.456),
    Sample("densenet121", "DenseNet-121", 7_978_856, 2.834),
    Sample("densenet161", "DenseNet-161", 28_681_000, 7.728),
    Sample("densenet169", "DenseNet-169", 14_149_480, 3.36),
    Sample("densenet201", "DenseNet-201", 20_013_928, 4.291),
    Sample("efficientnet_b0", "EfficientNet-B0", 5_288_548, 0.386),
    Sample("efficientnet_b1", "EfficientNet-B1", 7_794_184, 0.687, 240),
    Sample("efficientnet_b2", "EfficientNet-B2", 9_109_994, 1.088, 288),
    Sample("efficientnet_b3", "EfficientNet-B3", 12_233_232, 1.827, 300),
    Sample("efficientnet_b4", "EfficientNet-B4", 19_341_616, 4.394, 380),
    Sample("efficientnet_b5", "EfficientNet-B5", 30_389_784, 10.266, 456),
    Sample("efficientnet_b6", "EfficientNet-B6", 43_040_704, 19.068, 528),
    Sample("efficientnet_b7", "EfficientNet-B7", 66_347_960, 37.746, 600),
    Sample("efficientnet_v2_l", "EfficientNetV2-L", 118_515_272, 56.08, 480),
    Sample("efficientnet_v2_m", "EfficientNetV2-M", 54_139_356, 24.582, 480),
    Sample("efficientnet_v2_s", "EfficientNetV2-S", 21_458_488, 8.366, 384),
    Sample("googlenet", "GoogLeNet", 6_624_904, 1.498, featured=True),
    Sample("inception_v3", "Inception v3", 23_834_568, 5.713, 299),
    Sample("maxvit_t", "MaxViT-T", 30_919_624, 5.558),
    Sample("mnasnet0_5", "MnasNet 0.5", 2_218_512, 0.104),
    Sample("mnasnet0_75", "MnasNet 0.75", 3_170_208, 0.215),
    Sample("mnasnet1_0", "MnasNet 1.0", 4_383_312, 0.314),
    Sample("mnasnet1_3", "MnasNet 1.3", 6_282_256, 0.526),
    Sample("mobilenet_v2", "MobileNetV2", 3_504_872, 0.301, needs_torch=False, featured=True),
    Sample("mobilenet_v3_large", "MobileNetV3 Large", 5_483_032, 0.217),
    Sample("mobilenet_v3_small", "MobileNetV3 Small", 2_542_856, 0.057),
    Sample("regnet_x_16gf", "RegNetX 16 GF", 54_278_536, 15.941),
    Sample("regnet_x_1_6gf", "RegNetX 1.6 GF", 9_190_136, 1.603),
    Sample("regnet_x_32gf", "RegNetX 32 GF", 107_811_560, 31.736),
    Sample("regnet_x_3_2gf", "RegNetX 3.2 GF", 15_296_552, 3.177),
    Sample("regnet_x_400mf", "RegNetX 400 MF", 5_495_976, 0.414),
    Sample("regnet_x_800mf", "RegNetX 800 MF", 7_259_656, 0.8),
    Sample("regnet_x_8gf", "RegNetX 8 GF", 39_572_648, 7.995),
    Sample("regnet_y_128gf", "RegNetY 128 GF", 644_812_894, 127.518),
    Sample("regnet_y_16gf", "RegNetY 16 GF", 83_590_140, 15.912),
    Sample("regnet_y_1_6gf", "RegNetY 1.6 GF", 11_202_430, 1.612),
    Sample("regnet_y_32gf", "RegNetY 32 GF", 145_046_770, 32.28),
    Sample("regnet_y_3_2gf", "RegNetY 3.2 GF", 19_436_338, 3.176),
    Sample("regnet_y_400mf", "RegNetY 400 MF", 4_344_144, 0.402),
    Sample("regnet_y_800mf", "RegNetY 800 MF", 6_432_512, 0.834),
    Sample("regnet_y_8gf", "RegNetY 8 GF", 39_381_472, 8.473),
    Sample("resnet101", "ResNet-101", 44_549_160, 7.801),
    Sample("resnet152", "ResNet-152", 60_192_808, 11.514),
    Sample("resnet18", "ResNet-18", 11_689_512, 1.814, featured=True),
    Sample("resnet34", "ResNet-34", 21_797_672, 3.664),
    Sample("resnet50", "ResNet-50", 25_557_032, 4.089),
    Sample("resnext101_32x8d", "ResNeXt-101 32x8d", 88_791_336, 16.414),
    Sample("resnext101_64x4d", "ResNeXt-101 64x4d", 83_455_272, 15.46),
    Sample("resnext50_32x4d", "ResNeXt-50 32x4d", 25_028_904, 4.23),
    Sample("shufflenet_v2_x0_5", "ShuffleNetV2 0.5×", 1_366_792, 0.04),
    Sample("shufflenet_v2_x1_0", "ShuffleNetV2 1.0×", 2_278_604, 0.145),
    Sample("shufflenet_v2_x1_5", "ShuffleNetV2 1.5×", 3_503_624, 0.296),
    Sample("shufflenet_v2_x2_0", "ShuffleNetV2 2.0×", 7_393_996, 0.583),
    Sample("squeezenet1_0", "SqueezeNet 1.0", 1_248_424, 0.819),
    Sample("squeezenet1_1", "SqueezeNet 1.1", 1_235_496, 0.349),
    Sample("swin_b", "Swin-B", 87_768_224, 15.431),
    Sample("swin_s", "Swin-S", 49_606_258, 8.741),
    Sample("swin_t", "Swin-T", 28_288_354, 4.491),
    Sample("swin_v2_b", "SwinV2-B", 87_930_848, 20.325, 256),
    Sample("swin_v2_s", "SwinV2-S", 49_737_442, 11.546, 256),
    Sample("swin_v2_t", "SwinV2-T", 28_351_570, 5.94, 256),
    Sample("vgg11", "VGG-11", 132_863_336, 7.609),
    Sample("vgg11_bn", "VGG-11 with BatchNorm", 132_868_840, 7.609),
    Sample("vgg13", "VGG-13", 133_047_848, 11.308),
    Sample("vgg13_bn", "VGG-13 with BatchNorm", 133_053_736, 11.308),
    Sample("vgg16", "VGG-16", 138_357_544, 15.47),
    Sample("vgg16_bn", "VGG-16 with BatchNorm", 138_365_992, 15.47),
    Sample("vgg19", "VGG-19", 143_667_240, 19.632),
    Sample("vgg19_bn", "VGG-19 with BatchNorm", 143_678_248, 19.632),
    Sample("vit_b_16", "ViT-B/16", 86_567_656, 17.564),
    Sample("vit_b_32", "ViT-B/32", 88_224_232, 4.409),
    Sample("vit_h_14", "ViT-H/14", 632_045_800, 167.295),
    Sample("vit_l_16", "ViT-L/16", 304_326_632, 61.555),
    Sample("vit_l_32", "ViT-L/32", 306_535_400, 15.378),
    Sample("wide_resnet101_2", "Wide ResNet-101-2", 126_886_696, 22.753),
    Sample("wide_resnet50_2", "Wide ResNet-50-2", 68_883_240, 11.398),
)
